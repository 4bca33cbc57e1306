// One small menu at a time, below the button that opened it.

import { h } from "./dom.js";

let open = null;

// `items`: {label, act, title?}; `columns` lays them out as a grid (the emoji picker).
export function openMenu(anchor, items, { columns = 0, label = "Menu" } = {}) {
  const isSame = open?.anchor === anchor;
  closeMenu();
  if (isSame) return;
  const menu = h(
    "div",
    { class: columns ? "menu grid" : "menu", role: "menu", "aria-label": label },
    items.map(({ label, title, act }) =>
      h("button", {
        type: "button", role: "menuitem", title, "aria-label": title,
        onclick: () => { closeMenu(); act(); },
      }, label)),
  );
  menu.addEventListener("keydown", onKey);
  // Inside a dialog only what belongs to it can be clicked.
  (anchor.closest("dialog") ?? document.body).append(menu);
  place(menu, anchor);
  anchor.setAttribute("aria-expanded", "true");
  open = { menu, anchor };
  menu.querySelector("button")?.focus();
}

export function closeMenu() {
  if (!open) return;
  const { menu, anchor } = open;
  open = null;
  const hadFocus = menu.contains(document.activeElement);
  menu.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (hadFocus && anchor.isConnected) anchor.focus();
}

function onKey(event) {
  const buttons = [...open.menu.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step) {
    const place = buttons.indexOf(document.activeElement) + step;
    buttons.at(place % buttons.length).focus();
    event.preventDefault();
  } else if (event.key === "Escape" || event.key === "Tab") {
    closeMenu();
    event.preventDefault();
    event.stopPropagation();
  }
}

function place(menu, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = Math.min(Math.max(8, box.right - width), innerWidth - width - 8);
  const isRoomBelow = box.bottom + height + 8 < innerHeight;
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${isRoomBelow ? box.bottom + 4 : Math.max(8, box.top - height - 4)}px`;
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.menu.contains(event.target) && !open.anchor.contains(event.target)) closeMenu();
});
document.addEventListener("scroll", closeMenu, true);
