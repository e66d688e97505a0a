import { render } from "solid-js/web";
import { App } from "./App";
import { stayOffline } from "./offline/register";
import "./style/page.css";

render(() => <App />, document.getElementById("page")!);
stayOffline();
