// A file that the page makes, as a download.
import {button} from './dom';

export function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], {type}));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}

export function saveButton(label: string, name: string, text: () => string): HTMLElement {
  return button(label, () => {
    save(name, 'text/plain', text());
  });
}
