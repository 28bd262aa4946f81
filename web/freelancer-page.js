import "./work-history.js";
import { namePage, query } from "./page.js";

namePage("history_page");
document.querySelector("work-history").setAttribute("freelancer-id", query().get("id") ?? "");
