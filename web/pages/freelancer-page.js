import "./work-history.js";
import { queryParameters, setTitle } from "./page.js";

setTitle("history_page");
document.querySelector("work-history").setAttribute("freelancer-id", queryParameters().get("id") ?? "");
