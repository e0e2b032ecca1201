// Sends an element's change events at most every 50 ms while a hand moves it: the first at once, and always the last. Each has a number, which its value ends
// with while it is sent ("2.5#17"). The page gives the number back as the element's "seen" attribute, with what it made of the change: until the last one is
// back, what the page says of the element is older than the hand, however late it comes.
const every = 50; // ms
const lost = 10_000; // ms after which a number does not come back any more: the connection broke
let numbers = 0;

export class PacedChange {
  constructor(element) {
    this.element = element;
    this.timer = null;
    this.late = false;
    this.number = 0; // of the last change that was sent; 0: none, or none that counts
    this.sending = false;
  }

  // Whether a change of the hand is not answered yet.
  get waits() {
    return (
      this.late || (this.number > 0 && this.element.getAttribute('seen') !== String(this.number) && performance.now() - this.sentAt < lost)
    );
  }

  // The element's value for a listener.
  numbered(text) {
    return this.sending ? `${text}#${this.number}` : text;
  }

  // What was still to be sent is not, and no answer is waited for: the value was set from elsewhere.
  forget() {
    this.late = false;
    this.number = 0;
  }

  send() {
    if (this.timer) {
      this.late = true;
      return;
    }
    this.number = ++numbers;
    this.sentAt = performance.now();
    this.sending = true;
    this.element.dispatchEvent(new Event('change', { bubbles: true }));
    this.sending = false;
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.late) {
        this.late = false;
        this.send();
      }
    }, every);
  }
}
