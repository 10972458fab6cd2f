import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/**
 * Bouncy Castle as a peer. One request per line: action, algorithm, cipher or form of the signature, certificate, key, input,
 * output, content of a detached signature, separated by tabs;
 * one answer per line: "ok", or "refused" with the reason in base64.
 */
class BouncyCastlePeer {
    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            try {
                answer(line.split("\t"));
                System.out.println("ok");
            } catch (Throwable problem) {
                StringBuilder reason = new StringBuilder();
                for (Throwable each = problem; each != null; each = each.getCause()) reason.append(each).append('\n');
                System.out.println("refused " + Base64.getEncoder().encodeToString(reason.toString().getBytes("UTF-8")));
            }
            System.out.flush();
        }
    }

    private static void answer(String[] request) throws Exception {
        String algorithm = request[1];
        String choice = request[2];
        X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509", "BC")
            .generateCertificate(Files.newInputStream(Path.of(request[3])));
        byte[] input = Files.readAllBytes(Path.of(request[5]));
        byte[] output;
        switch (request[0]) {
            case "version": output = Double.toString(Security.getProvider("BC").getVersion()).getBytes(); break;
            case "sign": output = sign(algorithm, choice, certificate, keyFrom(request[4], certificate), input); break;
            case "verify": verify(choice, certificate, input, Path.of(request[7])); output = new byte[0]; break;
            case "encrypt": output = encrypt(algorithm, choice, certificate, input); break;
            default: output = decrypt(algorithm, choice, keyFrom(request[4], certificate), input);
        }
        Files.write(Path.of(request[6]), output);
    }

    private static PrivateKey keyFrom(String file, X509Certificate certificate) throws Exception {
        return KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm(), "BC")
            .generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of(file))));
    }

    private static byte[] sign(String algorithm, String form, X509Certificate certificate, PrivateKey key, byte[] content) throws Exception {
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(
            new JcaDigestCalculatorProviderBuilder().setProvider("BC").build())
            .build(new JcaContentSignerBuilder(algorithm).setProvider("BC").build(key), certificate));
        generator.addCertificates(new JcaCertStore(List.of(certificate)));
        return generator.generate(new CMSProcessableByteArray(content), form.equals("opaque")).getEncoded();
    }

    private static void verify(String form, X509Certificate certificate, byte[] signed, Path content) throws Exception {
        CMSSignedData data = form.equals("opaque")
            ? new CMSSignedData(signed)
            : new CMSSignedData(new CMSProcessableByteArray(Files.readAllBytes(content)), signed);
        for (SignerInformation signer : data.getSignerInfos().getSigners()) {
            if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate)))
                throw new CMSException("signature does not verify");
        }
    }

    private static ASN1ObjectIdentifier agreementFor(X509Certificate certificate) {
        if (!(certificate.getPublicKey() instanceof ECPublicKey))
            // dhSinglePass-stdDH-hkdf-sha256-scheme, RFC 8418
            return new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.19");
        int bits = ((ECPublicKey) certificate.getPublicKey()).getParams().getCurve().getField().getFieldSize();
        if (bits == 256) return CMSAlgorithm.ECDH_SHA256KDF;
        return bits == 384 ? CMSAlgorithm.ECDH_SHA384KDF : CMSAlgorithm.ECDH_SHA512KDF;
    }

    private static RecipientInfoGenerator recipient(String algorithm, X509Certificate certificate) throws Exception {
        if (algorithm.equals("rsa-pkcs1")) return new JceKeyTransRecipientInfoGenerator(certificate).setProvider("BC");
        if (algorithm.equals("rsa-oaep")) {
            OAEPParameterSpec oaep = new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);
            return new JceKeyTransRecipientInfoGenerator(certificate, new JcaAlgorithmParametersConverter()
                .getAlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, oaep)).setProvider("BC");
        }
        KeyPairGenerator ephemeral = KeyPairGenerator.getInstance(certificate.getPublicKey().getAlgorithm(), "BC");
        if (certificate.getPublicKey() instanceof ECPublicKey)
            ephemeral.initialize(((ECPublicKey) certificate.getPublicKey()).getParams());
        KeyPair pair = ephemeral.generateKeyPair();
        return new JceKeyAgreeRecipientInfoGenerator(agreementFor(certificate), pair.getPrivate(), pair.getPublic(),
            CMSAlgorithm.AES256_WRAP).addRecipient(certificate).setProvider("BC");
    }

    private static byte[] encrypt(String algorithm, String cipher, X509Certificate certificate, byte[] content) throws Exception {
        CMSTypedData data = new CMSProcessableByteArray(content);
        if (cipher.equals("aes-256-gcm")) {
            CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
            generator.addRecipientInfoGenerator(recipient(algorithm, certificate));
            return generator.generate(data, (OutputAEADEncryptor)
                new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_GCM).setProvider("BC").build()).getEncoded();
        }
        CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
        generator.addRecipientInfoGenerator(recipient(algorithm, certificate));
        return generator.generate(data,
            new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_CBC).setProvider("BC").build()).getEncoded();
    }

    private static Recipient agreeingRecipient(PrivateKey key) throws Exception {
        return new JceKeyAgreeEnvelopedRecipient(key).setProvider("BC");
    }

    private static byte[] decrypt(String algorithm, String cipher, PrivateKey key, byte[] encrypted) throws Exception {
        boolean transport = algorithm.startsWith("rsa");
        boolean authenticated = cipher.equals("aes-256-gcm");
        RecipientInformationStore recipients = authenticated
            ? new CMSAuthEnvelopedData(encrypted).getRecipientInfos()
            : new CMSEnvelopedData(encrypted).getRecipientInfos();
        Recipient recipient;
        if (authenticated) recipient = transport
            ? new JceKeyTransAuthEnvelopedRecipient(key).setProvider("BC")
            : agreeingRecipient(key);
        else recipient = transport
            ? new JceKeyTransEnvelopedRecipient(key).setProvider("BC")
            : new JceKeyAgreeEnvelopedRecipient(key).setProvider("BC");
        return recipients.getRecipients().iterator().next().getContent(recipient);
    }
}
