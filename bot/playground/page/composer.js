// Where messages and commands are typed: in a channel, and in a thread.

import { h, icon } from "./dom.js";
import { act, notice } from "./server.js";

const LARGEST_FILE = 12_000_000;
const base64 = (file) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
});
const ALERT = "Alerts (another bot)";

// `target()` says where to send: {channel, thread_ts}. `placeholder` and `commands` may change.
export function makeComposer({ id, target, voices = false }) {
  const area = h("textarea", { id, class: "composer-text", rows: 1, "aria-describedby": `${id}-hint` });
  const hint = h("p", { id: `${id}-hint`, class: "composer-hint" });
  const picker = h("input", { type: "file", hidden: true, multiple: true });
  const voice = h("select", { class: "voice", "aria-label": "Write as" },
    [["you", "You"], ["colleague", "Colleague"], ["alerts", ALERT]].map(([value, label]) =>
      h("option", { value }, label)));
  let commands = [];

  async function send(text, files = []) {
    const answer = await act("say", { ...target(), text, files, user: voice.value });
    return answer.ok;
  }

  async function submit() {
    const text = area.value;
    if (!text.trim()) return;
    area.value = "";
    grow();
    if (!(await send(text)) && !area.value) {
      area.value = text;
      grow();
    }
  }

  function grow() {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 260)}px`;
    showHint();
  }

  function showHint() {
    const isCommand = area.value.startsWith("/") && !area.value.includes("\n");
    hint.textContent = isCommand
      ? `Commands here: ${commands.join(", ")}, followed by a code, a pasted error or plain words`
      : "Enter sends, Shift+Enter makes a new line";
  }

  picker.addEventListener("change", async () => {
    const picked = [...picker.files];
    picker.value = "";
    if (!picked.length) return;
    if (picked.some((file) => file.size > LARGEST_FILE)) return notice("The playground takes files up to 12 MB.");
    const text = area.value;
    area.value = "";
    await send(text, await Promise.all(picked.map(async (file) => ({ name: file.name, base64: await base64(file) }))));
    grow();
  });
  area.addEventListener("input", grow);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });

  const node = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); submit(); } },
    area,
    h("div", { class: "composer-row" },
      h("button", { type: "button", class: "tool", title: "Share files", "aria-label": "Share files",
        onclick: () => picker.click() }, icon("clip")),
      picker,
      voices ? h("label", { class: "voices" }, "as ", voice) : null,
      hint,
      h("button", { type: "submit", class: "send", title: "Send", "aria-label": "Send" }, icon("send"))));
  showHint();

  return {
    node, send,
    focus: () => area.focus(),
    update({ label, known }) {
      area.placeholder = label;
      area.setAttribute("aria-label", label);
      commands = known;
    },
  };
}
