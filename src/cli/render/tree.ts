import { plain } from "./text.js";

export interface TreeNode {
  /** Already plain text, possibly coloured: made by `leaf` or by the caller from `plain` parts. */
  readonly text: string;
  readonly children?: readonly TreeNode[];
}

/** A node from text of unknown origin. */
export function leaf(text: string, children: readonly TreeNode[] = []): TreeNode {
  return { text: plain(text), children };
}

/** Draws a tree with its root on the first line. An explicit stack, since nesting may be deep. */
export function tree(root: TreeNode): string {
  const lines = [root.text];
  const stack: { node: TreeNode; prefix: string; last: boolean }[] = [];
  const push = (children: readonly TreeNode[], prefix: string) => {
    for (let at = children.length - 1; at >= 0; at--) {
      const node = children[at];
      if (node !== undefined) stack.push({ node, prefix, last: at === children.length - 1 });
    }
  };
  push(root.children ?? [], "");
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    lines.push(`${top.prefix}${top.last ? "└─ " : "├─ "}${top.node.text}`);
    push(top.node.children ?? [], `${top.prefix}${top.last ? "   " : "│  "}`);
  }
  return lines.join("\n");
}
