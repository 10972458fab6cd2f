/** Mantine in our clothes: its components, our tokens. Its own blue default misses the AA contrast; ours doesn't. */

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const wax: MantineColorsTuple = [
  '#fbeeec',
  '#f2d6d2',
  '#e5aba4',
  '#d97e74',
  '#cd584d',
  '#bd443b',
  '#b13a34',
  '#9c2b27',
  '#82211f',
  '#671817',
]

export const theme = createTheme({
  primaryColor: 'wax',
  primaryShade: { light: 7, dark: 6 },
  colors: { wax },
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '4px', sm: '6px', md: '6px', lg: '6px', xl: '6px' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'sm',
        transitionProps: { duration: 120 },
        overlayProps: { backgroundOpacity: 0.4 },
      },
    },
    Tooltip: {
      defaultProps: {
        openDelay: 300,
        transitionProps: { duration: 100 },
        events: { hover: true, focus: true, touch: true },
      },
    },
    Menu: { defaultProps: { transitionProps: { duration: 100 }, shadow: 'md' } },
    Select: { defaultProps: { allowDeselect: false } },
  },
})

const shared = {
  '--mantine-color-body': 'var(--paper)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-bright': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink-soft)',
  '--mantine-color-placeholder': 'var(--ink-soft)',
  '--mantine-color-default': 'var(--paper-raised)',
  '--mantine-color-default-hover': 'var(--paper-sunk)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--line-strong)',
  '--mantine-color-anchor': 'var(--wax-ink)',
  '--mantine-color-error': 'var(--bad)',
  '--mantine-color-wax-text': 'var(--wax-ink)',
  '--mantine-color-wax-light-color': 'var(--wax-ink)',
  '--mantine-color-wax-outline': 'var(--wax-ink)',
  '--mantine-shadow-md': 'var(--shadow)',
  '--mantine-shadow-xl': 'var(--shadow)',
}

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared })
