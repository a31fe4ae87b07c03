import { defineHyperstackVerify } from "hyperstack-credentials/element";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";

// The import alone does not define the element, so that a server can render the page.
defineHyperstackVerify();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
