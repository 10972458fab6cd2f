/*
 * Prints what NSS's module of built-in roots holds, asked over PKCS#11, one object in a line:
 *
 *   module MAJOR.MINOR                             its library version (CK_INFO)
 *   certificate DER-AS-HEX DATE                    CKO_CERTIFICATE; CKA_NSS_EMAIL_DISTRUST_AFTER as UTCTime, or "-"
 *   trust SHA1-AS-HEX VALUE-AS-HEX                 CKO_NSS_TRUST; CKA_TRUST_EMAIL_PROTECTION
 *
 * Objects of another class are refused, but for the one that stands for the list: PKCS#11 3.2 has a trust object of its own
 * (CKO_TRUST), and a module that states trust with it must not be read as one that doesn't.
 *
 * Built and run by generate.ts with the headers of libnss3-dev.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pkcs11.h>
#include <pkcs11n.h>

static CK_FUNCTION_LIST_PTR module;
static CK_SESSION_HANDLE session;

static void give_up(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void must(CK_RV outcome, const char *call) {
  if (outcome == CKR_OK) return;
  fprintf(stderr, "%s: 0x%lx\n", call, (unsigned long)outcome);
  exit(1);
}

/* The attribute's bytes, to be freed; NULL with length 0 where the object has none of that type. */
static unsigned char *attribute_of(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, unsigned long *length) {
  CK_ATTRIBUTE attribute = {type, NULL, 0};
  *length = 0;
  if (module->C_GetAttributeValue(session, object, &attribute, 1) != CKR_OK) return NULL;
  if (attribute.ulValueLen == (CK_ULONG)-1) return NULL;
  attribute.pValue = malloc(attribute.ulValueLen + 1);
  if (attribute.pValue == NULL) give_up("out of memory");
  must(module->C_GetAttributeValue(session, object, &attribute, 1), "C_GetAttributeValue");
  *length = attribute.ulValueLen;
  return attribute.pValue;
}

static void print_hex(const unsigned char *bytes, unsigned long length) {
  for (unsigned long index = 0; index < length; index++) printf("%02x", bytes[index]);
}

static void print_certificate(CK_OBJECT_HANDLE object) {
  unsigned long length;
  unsigned char *der = attribute_of(object, CKA_VALUE, &length);
  if (der == NULL || length == 0) give_up("a certificate object without a certificate");
  printf("certificate ");
  print_hex(der, length);
  free(der);
  /* Either a CK_BBOOL that says "no", one byte long, or the UTCTime as text. */
  unsigned char *date = attribute_of(object, CKA_NSS_EMAIL_DISTRUST_AFTER, &length);
  if (date == NULL || length <= 1) printf(" -\n");
  else printf(" %.*s\n", (int)length, date);
  free(date);
}

static void print_trust(CK_OBJECT_HANDLE object) {
  unsigned long hash_length;
  unsigned long length;
  unsigned char *hash = attribute_of(object, CKA_CERT_SHA1_HASH, &hash_length);
  unsigned char *value = attribute_of(object, CKA_TRUST_EMAIL_PROTECTION, &length);
  CK_TRUST trust;
  if (hash == NULL || value == NULL || length != sizeof trust) give_up("a trust object without hash or value");
  memcpy(&trust, value, sizeof trust);
  printf("trust ");
  /* Some entries distrust by issuer and serial number alone. */
  if (hash_length == 0) printf("-");
  print_hex(hash, hash_length);
  printf(" %lx\n", (unsigned long)trust);
  free(hash);
  free(value);
}

static void print_object(CK_OBJECT_HANDLE object) {
  CK_OBJECT_CLASS class;
  CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
  must(module->C_GetAttributeValue(session, object, &wanted, 1), "C_GetAttributeValue");
  if (class == CKO_CERTIFICATE) print_certificate(object);
  else if (class == CKO_NSS_TRUST) print_trust(object);
  else if (class != CKO_NSS_BUILTIN_ROOT_LIST) {
    fprintf(stderr, "the module has an object of the unknown class 0x%lx\n", (unsigned long)class);
    exit(1);
  }
}

static void print_all(void) {
  CK_OBJECT_HANDLE objects[64];
  CK_ULONG count;
  must(module->C_FindObjectsInit(session, NULL, 0), "C_FindObjectsInit");
  do {
    must(module->C_FindObjects(session, objects, 64, &count), "C_FindObjects");
    for (CK_ULONG index = 0; index < count; index++) print_object(objects[index]);
  } while (count > 0);
  must(module->C_FindObjectsFinal(session), "C_FindObjectsFinal");
}

int main(int count, char **parameters) {
  if (count != 2) give_up("usage: builtins MODULE");
  void *library = dlopen(parameters[1], RTLD_NOW);
  if (library == NULL) give_up(dlerror());
  CK_C_GetFunctionList list = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
  if (list == NULL) give_up("not a PKCS#11 module");
  must(list(&module), "C_GetFunctionList");
  must(module->C_Initialize(NULL), "C_Initialize");

  CK_INFO info;
  must(module->C_GetInfo(&info), "C_GetInfo");
  printf("module %d.%d\n", info.libraryVersion.major, info.libraryVersion.minor);

  CK_SLOT_ID slots[8];
  CK_ULONG slot_count = 8;
  must(module->C_GetSlotList(CK_TRUE, slots, &slot_count), "C_GetSlotList");
  if (slot_count == 0) give_up("the module has no token");
  must(module->C_OpenSession(slots[0], CKF_SERIAL_SESSION, NULL, NULL, &session), "C_OpenSession");
  print_all();
  return 0;
}
