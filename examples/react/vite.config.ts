import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // In development, the verify service of another example responds: the token stays there, never in the page.
  server: { proxy: { "/api": "http://localhost:3000" } },
});
