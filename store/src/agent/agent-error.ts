/** Something that the user can put right: its message is shown as it is, without a stack. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
}
