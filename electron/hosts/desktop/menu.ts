/** The menu: only what the system expects for typing and looking. No reloading, no developer tools. */

import { Menu } from 'electron'

export function setMenu(): void {
  const mac = process.platform === 'darwin'
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(mac ? [{ role: 'appMenu' as const }] : []),
      { role: 'editMenu' },
      {
        role: 'window',
        submenu: [
          { role: 'minimize' },
          { role: 'togglefullscreen' },
          { role: 'resetZoom' },
          { role: 'zoomIn' },
          { role: 'zoomOut' },
          { role: mac ? 'close' : 'quit' },
        ],
      },
    ]),
  )
}
