import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // In development, the verify service of another example responds: it has the token, the page does not.
  server: { proxy: { "/api": "http://localhost:3000" } },
});
