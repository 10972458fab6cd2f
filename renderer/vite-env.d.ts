/** What Vite adds to imports: styles and pictures. */

/// <reference types="vite/client" />
