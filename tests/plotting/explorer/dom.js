"use strict";
/* As much of a document as the page's script asks for, where there is no browser: tests fire events and read it. */
class Element {
  constructor(tag) { Object.assign(this, { tag, children: [], attributes: {}, listeners: {}, own: "", value: "", dataset: {}, style: {}, hidden: true, classList: { toggle() {} } }); }
  get textContent() { return this.own + this.children.map(child => child.textContent ?? child).join(""); }
  set textContent(text) { this.children = []; this.own = String(text); }
  get tBodies() { return [this.body ??= new Element("tbody")]; }
  append(...children) { this.children.push(...children); if (this.tag === "option list") this.value ||= children[0].value; }
  replaceChildren(...children) { this.own = ""; this.children = children; }
  replaceWith(other) { elements[other.id] = other; }
  setAttribute(name, value) { this.attributes[name] = value; }
  removeAttribute(name) { delete this.attributes[name]; }
  addEventListener(name, act) { (this.listeners[name] ??= []).push(act); }
  fire(name, event) { for (const act of this.listeners[name] ?? []) act({ preventDefault() {}, ...event }); }
  getComputedTextLength() { return 40; }
  focus() {}
  remove() {}
}

const elements = { number: Object.assign(new Element("input"), { value: "20" }) };
for (const id of ["measure", "plane", "level"]) elements[id] = new Element("option list");
const document = {
  getElementById: id => (elements[id] ??= Object.assign(new Element("any"), { id })),
  createElement: tag => new Element(tag),
  createElementNS: (_, tag) => new Element(tag),
  documentElement: new Element("html"),
};
const window = Object.assign(new Element("window"), { scrollTo() {} });
const location = {
  at: "",
  get hash() { return this.at; },
  set hash(text) { this.at = "#" + text; window.fire("hashchange"); },
};
const matchMedia = () => ({ matches: false });
class ResizeObserver { observe() {} }
