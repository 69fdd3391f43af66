/** Thrown by a candidate that cannot take part, with the reason the report shows. */
export class Unavailable extends Error {
  name = 'Unavailable';
}
