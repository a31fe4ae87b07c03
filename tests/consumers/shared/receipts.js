/**
 * What every runtime does with a receipt: signs one with the key of RFC 8037, verifies it, and refuses it with one bit
 * changed. Gives the key's name, the verdict, and why the changed one was refused.
 */
const JWK = {
  kty: "OKP",
  crv: "Ed25519",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
};

/** What it comes to for a verification that says `valid`. */
export const RECEIPT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k valid bad_signature";

export const roundTrip = async (api, verification) => {
  const signer = await api.importReceiptKey(JWK);
  const jws = await api.signReceipt(api.createReceipt(verification), signer);
  const keys = await api.receiptKeySet(JWK);
  const { receipt, kid } = await api.verifyReceipt(jws, keys);
  const at = jws.length - 20;
  const changed = jws.slice(0, at) + (jws[at] === "A" ? "B" : "A") + jws.slice(at + 1);
  const refusal = await api.verifyReceipt(changed, keys).catch((error) => error.code);
  return [kid, receipt.verdict, refusal].join(" ");
};
