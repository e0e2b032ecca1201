// <person-switch>: says who is at this browser. The answer is a cookie; then the page is opened again, as that person.
customElements.define(
  'person-switch',
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener('click', this.press);
      this.addEventListener('keydown', this.enter);
    }

    disconnectedCallback() {
      this.removeEventListener('click', this.press);
      this.removeEventListener('keydown', this.enter);
    }

    press = event => {
      const known = event.target.closest('[data-person]');
      if (known) this.become({ person: known.dataset.person });
      else if (event.target.closest('[data-person-new]')) this.add();
    };

    enter = event => {
      if (event.key !== 'Enter' || event.target.id !== 'person-new') return;
      event.preventDefault();
      this.add();
    };

    add() {
      const name = this.querySelector('#person-new').value.trim();
      if (name) this.become({ name });
    }

    async become(body) {
      const problem = this.querySelector('.problem');
      problem.textContent = '';
      try {
        const answer = await fetch('api/v1/me', {
          method: 'PUT',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        });
        if (answer.ok) {
          location.reload();
          return;
        }
        problem.textContent = (await answer.json().catch(() => null))?.detail ?? `The site answered ${answer.status}.`;
      } catch {
        problem.textContent = 'The site could not be reached. Try again.';
      }
    }
  },
);
