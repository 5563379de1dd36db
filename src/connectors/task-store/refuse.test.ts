import { refuse } from './refuse';

it('says what a question asks too much of, in the words of the store', () => {
  const body = '{"v":1,"error":"[archive] The answer would hold 9 groups: 200 MiB of memory. Choose a longer step."}';
  const error = refuse('GET /api/v1/states', { status: 422, body });
  expect(error).toMatchObject({ kind: 'bad-request' });
  expect(error.message).toContain('asks for too much (422)');
  expect(error.message).toContain('Choose a longer step.');
});
