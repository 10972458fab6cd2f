export type {
  MessageNote,
  OpenError,
  OpenedMessage,
  OpenedPart,
  OpenedSigner,
  OpenOptions,
} from './openedMessage.ts'
