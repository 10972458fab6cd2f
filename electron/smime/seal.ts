export type { Letter, LetterAttachment, SealError, SealOptions } from './letter.ts'
