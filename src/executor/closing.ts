import type { Room } from './room.ts';
import type { Roster } from './roster.ts';

/** How far a pool has got with closing. */
export class Closing {
  /** What is left is ended by force. */
  isForced = false;
  readonly #roster: Roster;
  readonly #room: Room;
  #begun = false;
  /** Waits of `shutdown`, which a cancelled scope does not end: disposers must run to their end. */
  #waits: (() => void)[] = [];

  constructor(roster: Roster, room: Room) {
    this.#roster = roster;
    this.#room = room;
  }

  /** Nothing new is taken any more. */
  get hasBegun(): boolean {
    return this.#begun;
  }

  begin(): void {
    this.#begun = true;
    this.#roster.spare.close();
    this.#room.close();
  }

  /** Resolves when the last job and the last worker have gone. @param isOver they have gone already. */
  async end(isOver: boolean): Promise<void> {
    if (!isOver) await new Promise<void>((resolve) => this.#waits.push(resolve));
    await this.#roster.settled();
  }

  /** They have gone; workers that were told to end may still be on their way. */
  over(): void {
    for (const resolve of this.#waits.splice(0)) resolve();
  }
}
