/** For the geometry tests only: one canvas and the viewer itself within their reach. */
import { FilmViewer } from "../viewer/viewer";

const canvas = document.querySelector("canvas");
if (canvas) Object.assign(window, { viewer: new FilmViewer(canvas) });
