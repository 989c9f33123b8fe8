import tseslint from 'typescript-eslint';

/** Inside the house there is no ambient world: time, randomness, environment and network come through ports. */
const ambient = {
  'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'setImmediate', 'process', 'console', 'fetch', 'Buffer', 'performance'],
  'no-restricted-properties': ['error',
    { object: 'Date', property: 'now', message: 'Take a Clock.' },
    { object: 'Math', property: 'random', message: 'Take it as an argument.' },
    { object: 'crypto', property: 'randomUUID', message: 'Take an IdSource.' }],
  'no-restricted-syntax': ['error', { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Take a Clock.' }],
};

export default tseslint.config(
  { ignores: ['_try', 'src/adapters/grpc/generated', 'dist', 'node_modules', 'var', 'coverage', '**/*.mjs', '**/*.cjs', '**/*.js', '**/*.d.mts'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4], 'max-depth': ['error', 3], complexity: ['error', 12],
      'no-empty': 'error', curly: ['error', 'multi-line'], 'prefer-const': 'error', eqeqeq: 'error',
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Only src/config reads the environment.' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  { files: ['src/domain/**', 'src/application/**'], rules: ambient },
  { files: ['src/config/**', 'bench/**', 'test/**', 'examples/**'], rules: { 'no-restricted-properties': 'off' } },
  { files: ['test/**', 'bench/**'], rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-unused-expressions': 'off', '@typescript-eslint/no-non-null-assertion': 'off' } },
);
