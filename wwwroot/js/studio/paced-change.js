// Sends an element's change events at most every 50 ms while a hand moves it: the first at once, and always the last.
const every = 50;

export class PacedChange {
  constructor(element) {
    this.element = element;
    this.timer = null;
    this.late = false;
  }

  // What was still to be sent is not: the value was set from elsewhere.
  forget() {
    this.late = false;
  }

  send() {
    if (this.timer) {
      this.late = true;
      return;
    }
    this.element.dispatchEvent(new Event('change', { bubbles: true }));
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.late) {
        this.late = false;
        this.send();
      }
    }, every);
  }
}
