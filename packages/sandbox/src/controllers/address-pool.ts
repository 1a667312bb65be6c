/** The IPv4 addresses of one range; each is given once until it is released. */
export class AddressPool {
  readonly #first: number;
  readonly #size: number;
  readonly #taken = new Set<number>();
  #next = 0;

  /** `cidr` like `10.1.0.0/16`; the network's own address and its broadcast address are never given. */
  constructor(cidr: string) {
    const { first, size } = rangeOf(cidr);
    this.#first = first + 1;
    this.#size = Math.max(0, size - 2);
  }

  /** Takes the next free address; one that was released comes round again last. `undefined` where all are taken. */
  take(): string | undefined {
    for (let tried = 0; tried < this.#size; tried += 1) {
      const address = this.#first + this.#next;
      this.#next = (this.#next + 1) % this.#size;
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return addressText(address);
    }
    return undefined;
  }

  /** Takes this address; false where it is outside the range or taken. */
  claim(address: string): boolean {
    const number = addressNumber(address);
    if (number === undefined || number < this.#first || number >= this.#first + this.#size) return false;
    if (this.#taken.has(number)) return false;
    this.#taken.add(number);
    this.#next = Math.max(this.#next, (number - this.#first + 1) % this.#size);
    return true;
  }

  release(address: string): void {
    const number = addressNumber(address);
    if (number !== undefined) this.#taken.delete(number);
  }
}

/** First address and number of addresses of an IPv4 range. */
export function rangeOf(cidr: string): { readonly first: number; readonly size: number } {
  const [address = "", length = ""] = cidr.split("/");
  const number = addressNumber(address);
  const bits = Number(length);
  if (number === undefined || !/^\d+$/.test(length) || bits > 32) throw new Error(`not an IPv4 range: ${cidr}`);
  const size = 2 ** (32 - bits);
  return { first: number - (number % size), size };
}

/** An IPv4 address as a number. */
export function addressNumber(text: string): number | undefined {
  const parts = text.split(".").map(Number);
  const good = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  return good ? parts.reduce((sum, part) => sum * 256 + part, 0) : undefined;
}

/** A number as an IPv4 address. */
export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
