/** For the tests of viewer and parts alone: one canvas and a viewer on it, or bare hosts, and the parts within reach. */

import { listen } from "../lib/keys";
import { FilmStage } from "../parts/filmstage";
import { FixationTable } from "../parts/fixationtable";
import { ReplayBar } from "../parts/replaybar";
import { Toolbar } from "../parts/toolbar";
import { dragTools, replayTools } from "../parts/tools";
import { STYLES } from "../parts/track";
import { WindowBox } from "../parts/windowbox";
import { FilmViewer } from "../viewer/viewer";

const canvas = document.querySelector("canvas");
if (canvas) Object.assign(window, { viewer: new FilmViewer(canvas) });
listen();
const tools = { dragTools, replayTools };
Object.assign(window, { parts: { FilmStage, FixationTable, ReplayBar, STYLES, Toolbar, WindowBox, ...tools } });
