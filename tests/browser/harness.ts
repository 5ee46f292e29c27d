/** For the tests of viewer and parts alone: one canvas and a viewer on it, or bare hosts, and the parts within reach. */

import { listen } from "../../static/src/lib/keys";
import { FilmViewport } from "../../static/src/parts/filmviewport";
import { FixationTable } from "../../static/src/parts/fixationtable";
import { ReplayBar } from "../../static/src/parts/replaybar";
import { Toolbar } from "../../static/src/parts/toolbar";
import { dragTools, replayTools } from "../../static/src/parts/tools";
import { STYLES } from "../../static/src/parts/track";
import { WindowBox } from "../../static/src/parts/windowbox";
import { FilmViewer } from "../../static/src/viewer/viewer";

const canvas = document.querySelector("canvas");
if (canvas) Object.assign(window, { viewer: new FilmViewer(canvas) });
listen();
const tools = { dragTools, replayTools };
Object.assign(window, { parts: { FilmViewport, FixationTable, ReplayBar, STYLES, Toolbar, WindowBox, ...tools } });
