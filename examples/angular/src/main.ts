import { provideZoneChangeDetection } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { VerifyComponent } from "./verify.component";

bootstrapApplication(VerifyComponent, { providers: [provideZoneChangeDetection()] }).catch(console.error);
