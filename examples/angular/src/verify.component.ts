/** A field and a verdict. The page has no token: it sends the link to a verify service. */
import { Component, signal } from "@angular/core";
import { type Verification, Verifier } from "hyperstack-credentials/verifier";

@Component({
  selector: "app-verify",
  template: `
    <form (submit)="check($event, link.value)">
      <label>Credential link <input #link name="link" required /></label>
      <button type="submit">Verify</button>
    </form>
    @if (verification(); as shown) {
      @switch (shown.outcome) {
        @case ("verified") {
          <output>Valid: {{ shown.credential.group.title }}</output>
        }
        @case ("not_verified") {
          <output>Not valid: {{ shown.verdict }}</output>
        }
        @default {
          <!-- An outage says nothing about the credential: it is neither a yes nor a no. -->
          <output>We could not check this credential ({{ shown.reason }}). Try again.</output>
        }
      }
    }
  `,
})
export class VerifyComponent {
  readonly verification = signal<Verification | undefined>(undefined);

  private readonly verifier = new Verifier({ endpoint: "/api/verify" });

  async check(event: Event, link: string): Promise<void> {
    event.preventDefault();
    this.verification.set(await this.verifier.verify(link));
  }
}
