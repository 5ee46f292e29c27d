/** The few WebGL2 calls that the viewer needs, with words for what can go wrong. */
import { Problem } from "../lib/problem";

export function context(canvas: HTMLCanvasElement): WebGL2RenderingContext {
  const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, stencil: false });
  if (gl) return gl;
  throw new Problem({
    title: "This browser cannot draw films.",
    detail: "WebGL 2 is switched off or missing. Switch on hardware acceleration, or use a current browser.",
  });
}

export function program(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const made = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("No shader: the graphics context is lost.");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(gl.getProgramInfoLog(made) ?? "The shader does not link.");
  }
  return made;
}

/** Uniform locations by name, looked up once. */
export function uniforms(gl: WebGL2RenderingContext, of: WebGLProgram): (name: string) => WebGLUniformLocation | null {
  const known = new Map<string, WebGLUniformLocation | null>();
  return (name) => {
    if (!known.has(name)) known.set(name, gl.getUniformLocation(of, name));
    return known.get(name) ?? null;
  };
}

function texture(gl: WebGL2RenderingContext, filter: number): WebGLTexture {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, filter);
  for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
  return made;
}

/** 16-bit values as they are stored. */
export function values(gl: WebGL2RenderingContext, columns: number, rows: number, pixels: Uint16Array): WebGLTexture {
  const made = texture(gl, gl.NEAREST);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2); // rows of an odd film are not a multiple of 4 bytes
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, columns, rows, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, pixels);
  return made;
}

/** Shares 0..255, filtered by the hardware. */
export function shares(gl: WebGL2RenderingContext, columns: number, rows: number, levels: Uint8Array): WebGLTexture {
  const made = texture(gl, gl.LINEAR);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, columns, rows, 0, gl.RED, gl.UNSIGNED_BYTE, levels);
  return made;
}
