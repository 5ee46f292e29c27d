/** One triangle over the canvas; every pixel asks which film pixels lie under it. */
export const VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;

uniform usampler2D u_film;     // stored values, not filterable by the hardware
uniform usampler2D u_blurred;  // a small, blurred copy for the spotlight
uniform sampler2D u_heat;      // share of the longest dwell, 0..1
uniform vec2 u_canvas;         // device px
uniform float u_dpr;
uniform vec4 u_affine;         // screen (CSS px) to film px: a, b, c, d
uniform vec2 u_origin;         //                             e, f
uniform vec2 u_footprint;      // film px under one device px
uniform vec2 u_window;         // centre, width in stored values
uniform bool u_invert;
uniform vec4 u_spot;           // film px: x, y, sharp radius, blurred radius; no spotlight when the last is 0
uniform float u_aspect;
uniform float u_heat_alpha;
out vec4 o_color;

float stored(usampler2D tex, ivec2 at, ivec2 size) {
  return float(texelFetch(tex, clamp(at, ivec2(0), size - 1), 0).r);
}

// Between the centres of four pixels; a centre is at (c + 0.5, r + 0.5).
float bilinear(usampler2D tex, vec2 at) {
  ivec2 size = textureSize(tex, 0);
  vec2 q = at - 0.5;
  ivec2 i = ivec2(floor(q));
  vec2 w = q - floor(q);
  float top = mix(stored(tex, i, size), stored(tex, i + ivec2(1, 0), size), w.x);
  float bottom = mix(stored(tex, i + ivec2(0, 1), size), stored(tex, i + ivec2(1, 1), size), w.x);
  return mix(top, bottom, w.y);
}

// The exact mean of the film under one device pixel. No mip levels: those of odd sizes lie half a pixel off.
float area(usampler2D tex, vec2 at, vec2 footprint) {
  ivec2 size = textureSize(tex, 0);
  vec2 low = max(at - footprint * 0.5, vec2(0.0));
  vec2 high = min(at + footprint * 0.5, vec2(size));
  ivec2 first = ivec2(floor(low));
  ivec2 last = min(ivec2(ceil(high)), size);
  float sum = 0.0;
  for (int y = first.y; y < last.y; y++) {
    float wy = min(high.y, float(y + 1)) - max(low.y, float(y));
    float line = 0.0;
    for (int x = first.x; x < last.x; x++) {
      float wx = min(high.x, float(x + 1)) - max(low.x, float(x));
      line += wx * float(texelFetch(tex, ivec2(x, y), 0).r);
    }
    sum += wy * line;
  }
  vec2 whole = high - low;
  return sum / max(whole.x * whole.y, 1e-9);
}

float windowed(float value) {
  // As the API says: black at centre - width / 2, white at centre + width / 2 (DICOM's LINEAR_EXACT).
  return clamp((value - u_window.x) / max(u_window.y, 1e-3) + 0.5, 0.0, 1.0);
}

// Dark violet to light yellow, rising in lightness, so that it reads without colour too.
vec3 ramp(float t) {
  vec3 low = vec3(0.25, 0.10, 0.45);
  vec3 mid = vec3(0.80, 0.28, 0.36);
  vec3 high = vec3(1.0, 0.93, 0.55);
  return t < 0.5 ? mix(low, mid, t * 2.0) : mix(mid, high, t * 2.0 - 1.0);
}

void main() {
  vec2 screen = vec2(gl_FragCoord.x, u_canvas.y - gl_FragCoord.y) / u_dpr;
  vec2 film = mat2(u_affine.xy, u_affine.zw) * screen + u_origin;
  vec2 size = vec2(textureSize(u_film, 0));
  o_color = vec4(0.0, 0.0, 0.0, 1.0);
  if (any(lessThan(film, vec2(0.0))) || any(greaterThanEqual(film, size))) return;

  float blur = 0.0;
  if (u_spot.w > 0.0) {
    vec2 away = (film - u_spot.xy) * vec2(1.0, u_aspect);
    blur = smoothstep(u_spot.z, u_spot.w, length(away));
  }
  float value = 0.0;
  if (blur < 1.0) {
    value = max(u_footprint.x, u_footprint.y) > 1.0 ? area(u_film, film, max(u_footprint, vec2(1.0))) : bilinear(u_film, film);
  }
  if (blur > 0.0) {
    value = mix(value, bilinear(u_blurred, film / size * vec2(textureSize(u_blurred, 0))), blur);
  }
  float light = windowed(value);
  vec3 color = vec3(u_invert ? 1.0 - light : light);

  if (u_heat_alpha > 0.0) {
    float heat = texture(u_heat, film / size).r;
    color = mix(color, ramp(heat), u_heat_alpha * smoothstep(0.02, 0.35, heat));
    // Lines at a quarter, a half and three quarters of the longest dwell: shape as well as colour.
    float level = heat * 4.0;
    float edge = abs(fract(level - 0.5) - 0.5) / max(fwidth(level), 1e-5);
    if (level > 0.5 && level < 3.5) color = mix(color, vec3(1.0), 0.85 * u_heat_alpha * (1.0 - smoothstep(0.5, 1.5, edge)));
  }
  o_color = vec4(color, 1.0);
}`;
