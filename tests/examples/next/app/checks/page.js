"use client";
import { Verifier } from "hyperstack-credentials";
import { useEffect, useState } from "react";
import { ask } from "../../shared/ask.js";

export default function Page() {
  const [verdicts, setVerdicts] = useState("waiting");
  useEffect(() => {
    ask(new Verifier({ endpoint: "/api/edge" })).then(setVerdicts, (error) =>
      setVerdicts(`failed: ${error}`),
    );
  }, []);
  return <output>{verdicts}</output>;
}
