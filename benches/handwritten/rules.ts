/** The rules that no library brings: shared by the hand-written client and by every validator that is measured. */
export const DOCUMENT_ID =
  /^(?:[A-Za-z0-9]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;
export const GROUP_KEY = /^[A-Za-z0-9_-]{1,64}$/;
export const GROUP_CODE = /^(?=.*\S)[A-Za-z0-9 -]+$/;
export const NOT_BLANK = /\S/;
/** Something before and after a single `@`. More is the mail server's business. */
export const EMAIL = /^(?=.{3,254}$)[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u;
export const HTTP_URL = /^https?:\/\/[^\s\p{Cc}]+$/u;
export const NO_COMMA = /^[^,]*$/;
export const CUSTOM_KEY = /^custom_./s;

const DAY =
  "(?:\\d{4}@(?:(?:0[13578]|1[02])@(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)@(?:0[1-9]|[12]\\d|30)|02@(?:0[1-9]|1\\d|2[0-8]))" +
  "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)@02@29)";
const day = (separator: string): string => DAY.replaceAll("@", separator);

/** ISO 8601 with a time zone, on a day that exists. */
export const TIMESTAMP = new RegExp(
  `^${day("-")}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$`,
);
/** `YYYY/MM/DD`. */
export const SLASHED_DATE = new RegExp(`^${day("/")}$`);
