/** An Express server that verifies credential links, and issues a certificate to whoever completes a course. */
import express, { type ErrorRequestHandler } from "express";
import { createVerifyHandler, Hyperstack, isHyperstackError, toNodeListener } from "hyperstack-credentials";

const hyperstack = new Hyperstack({
  token: process.env.HYPERSTACK_API_TOKEN,
  baseUrl: process.env.HYPERSTACK_API_BASE, // only for the sandbox
});

const app = express();
app.use(express.json());

// For `<hyperstack-verify>`, `Verifier` and anyone else: POST {"input": link or id}. Also works after a body parser.
app.all("/api/verify", toNodeListener(createVerifyHandler({ client: hyperstack })));

// For your own back end. Anyone who can call this route can issue in your name: require authentication.
app.post("/courses/:groupKey/completed", async (request, response) => {
  const { name, email } = request.body;
  const credential = await hyperstack.credentials.issue({
    group_key: request.params.groupKey,
    recipient: { name, email },
  });
  response.status(201).json({ link: credential.document_url });
});

// `code` is documented and never contains the token or an address.
const reportFailure: ErrorRequestHandler = (error, _request, response, next) => {
  if (!isHyperstackError(error)) return next(error);
  console.error(error.operation, error.code);
  response.status(error.name === "ValidationError" ? 422 : 502).json({ code: error.code });
};
app.use(reportFailure);

const port = Number(process.env.PORT ?? 3000);
app.listen(port, (error) => {
  if (error) throw error;
  console.log(`Listening on http://localhost:${port}`);
});
