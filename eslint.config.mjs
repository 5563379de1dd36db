import { defineConfig } from 'eslint/config';
import baseConfig from './.config/eslint.config.mjs';

export default defineConfig([
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      '.config/',
      '.runlane/',
      'coverage/',
      'test-results/',
      'playwright-report/',
      'playwright/.auth/',
      'screenshots/',
      'bench/results/',
    ],
  },
  ...baseConfig,
  {
    files: ['**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      // Types and values of one module are imported apart.
      'no-duplicate-imports': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    // Rules of the React Compiler, which does not build this: a canvas is drawn from refs, in layout effects.
    rules: {
      'react-hooks/refs': 'off',
      'react-hooks/set-state-in-effect': 'off',
      'react-hooks/immutability': 'off',
      'react-hooks/purity': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}', 'store/src/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    // These run in both jest projects and read fixtures from disk.
    files: ['src/connectors/**/*.test.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.node.json' } },
  },
]);
