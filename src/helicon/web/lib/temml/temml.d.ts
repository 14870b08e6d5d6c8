declare const temml: {
  /** The tree of MathML nodes of a formula, before any of it is in a document. */
  __renderToMathMLTree(formula: string, options: Record<string, unknown>): MathTree;
};
export default temml;

export interface MathTree {
  type?: string;
  text?: string;
  children?: MathTree[];
  attributes?: Record<string, string | boolean | undefined>;
  classes?: string[];
  style?: Record<string, string | undefined>;
}
