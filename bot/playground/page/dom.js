// Build DOM nodes from plain values. Text only ever becomes text nodes, never markup.

export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
}

// Keep a list of nodes in step with a list of items: nodes of unchanged items stay, so that what
// someone has focused or half filled in there stays too.
export function keep(container, items, keyOf, render) {
  const known = new Map([...container.children].map((node) => [node.dataset.key, node]));
  const nodes = items.map((item) => {
    const key = keyOf(item);
    const signature = JSON.stringify(item);
    const old = known.get(key);
    known.delete(key);
    if (old && old.signature === signature) return old;
    const node = render(item);
    node.dataset.key = key;
    node.signature = signature;
    if (old) old.replaceWith(node);
    return node;
  });
  for (const gone of known.values()) gone.remove();
  nodes.forEach((node, place) => {
    if (container.children[place] !== node) container.insertBefore(node, container.children[place] ?? null);
  });
}

export const byId = (id) => document.getElementById(id);

const ICONS = {
  close: "M6 6l12 12M18 6L6 18",
  back: "M14 5l-7 7 7 7",
  menu: "M4 7h16M4 12h16M4 17h16",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  smile: "M12 21a9 9 0 100-18 9 9 0 000 18zM8.5 14.5a4.5 4.5 0 007 0M9 9.5h.01M15 9.5h.01",
  reply: "M4 5h16v11H9l-5 4z",
  send: "M4 12l16-8-6 16-3-7z",
  clip: "M8 12l6-6a3 3 0 014 4l-8 8a5 5 0 01-7-7l8-8",
  plus: "M12 5v14M5 12h14",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
  mail: "M3 6h18v12H3zM3 7l9 7 9-7",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 15a3 3 0 100-6 3 3 0 000 6z",
};

export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
