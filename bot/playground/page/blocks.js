// Draw Block Kit blocks, attachments and files as a bot sends them.

import { h, icon } from "./dom.js";
import { drawElement, text } from "./elements.js";
import { mrkdwn, plainText, unescape } from "./mrkdwn.js";
import { richText } from "./richtext.js";

// `context`: `names` to show people and channels by, `act(element, value)` to tell the bot.
export function drawBlocks(blocks, context) {
  return blocks.map((block) => {
    const draw = DRAW[block.type];
    const node = draw ? draw(block, context) : h("em", { class: "unknown" }, `[${block.type}]`);
    node.classList.add("block", `block-${block.type}`);
    node.dataset.blockId = block.block_id;
    return node;
  });
}

function section(block, context) {
  return h("div", {},
    h("div", { class: "section-main" },
      block.text ? h("div", { class: "text" }, text(block.text, context.names)) : null,
      block.fields
        ? h("div", { class: "fields" },
            block.fields.map((field) => h("div", { class: "text" }, text(field, context.names))))
        : null),
    block.accessory
      ? h("div", { class: "accessory" },
          block.accessory.type === "image" ? image(block.accessory) : drawElement(block.accessory, context))
      : null);
}

function contextBlock(block, { names }) {
  return h("div", {}, block.elements.map((element) =>
    element.type === "image"
      ? image(element, "tiny")
      : h("span", { class: "text" }, text(element, names))));
}

// Images stay undrawn: fetching one would tell a foreign server about the reader.
function image(block, size = "") {
  return h("div", { class: `image ${size}`, role: "img", "aria-label": block.alt_text, title: block.alt_text },
    h("span", { "aria-hidden": "true" }, "🖼"), size ? null : ` ${block.alt_text}`);
}

function input(block, context) {
  const id = `input-${Math.random().toString(36).slice(2)}`;
  const quiet = block.dispatch_action ? context : { ...context, act: null };
  const element = drawElement(block.element, quiet);
  element.id = id;
  element.removeAttribute("aria-label"); // the block's label is its name
  element.setAttribute("aria-describedby", `${id}-more`);
  return h("div", {},
    h("label", { for: id }, plainText(block.label), block.optional ? h("small", {}, " (optional)") : null),
    element,
    h("div", { id: `${id}-more` },
      block.hint ? h("small", { class: "hint" }, plainText(block.hint)) : null,
      h("p", { class: "field-error", role: "alert" })));
}

const group = (block, context) =>
  h("div", {}, block.elements.map((element) => drawElement(element, context)));

function table(block, context) {
  const cell = (one) => one.type === "rich_text" ? richText(one, context.names) : String(one.text ?? one.value ?? "");
  return h("div", { class: "scroll" }, h("table", {},
    block.rows.map((row) => h("tr", {}, row.map((one) => h("td", {}, cell(one)))))));
}

const DRAW = {
  section, input, table,
  divider: () => h("hr"),
  header: (block) => h("h3", {}, plainText(block.text)),
  context: contextBlock,
  actions: group,
  context_actions: group,
  rich_text: (block, { names }) => richText(block, names),
  markdown: (block) => h("div", { class: "text" }, block.text),
  image: (block) => h("figure", {}, image(block), block.title ? h("figcaption", {}, plainText(block.title)) : null),
};

export function drawAttachment(attachment, context) {
  const { names } = context;
  const lines = (value, kind) => (value ? h("div", { class: `text ${kind}` }, mrkdwn(value, names)) : null);
  const node = h("div", { class: "attachment" },
    lines(attachment.pretext, "pretext"),
    attachment.author_name ? h("small", {}, unescape(attachment.author_name)) : null,
    lines(attachment.title, "attachment-title"),
    lines(attachment.text, ""),
    attachment.fields
      ? h("div", { class: "fields" }, attachment.fields.map((field) =>
          h("div", { class: "text" }, h("strong", {}, unescape(field.title ?? "")), h("br"),
            mrkdwn(String(field.value ?? ""), names))))
      : null,
    drawBlocks(attachment.blocks ?? [], context),
    attachment.footer ? h("small", {}, unescape(attachment.footer)) : null);
  if (/^#?[0-9a-fA-F]{6}$/.test(attachment.color ?? "")) {
    node.style.borderInlineStartColor = `#${attachment.color.replace("#", "")}`;
  }
  return node;
}

export function drawFile(file) {
  const size = file.size < 1024 ? `${file.size} bytes` : `${Math.round(file.size / 1024)} KB`;
  return h("div", { class: "file" },
    h("div", { class: "file-name" }, icon("clip"), h("strong", {}, file.title || file.name), h("small", {}, ` ${size}`)),
    file.preview ? h("pre", {}, file.preview) : null,
    file.lines_more ? h("small", {}, `and ${file.lines_more} more lines`) : null);
}
