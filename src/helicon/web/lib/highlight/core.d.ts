/** The part of highlight.js that the page uses. */
export interface Highlighter {
  configure(options: Record<string, unknown>): void;
  registerLanguage(name: string, grammar: unknown): void;
  getLanguage(name: string): object | undefined;
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { _emitter: unknown };
}
declare const core: Highlighter;
export default core;
