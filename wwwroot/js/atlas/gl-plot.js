// Draws the points of a map with WebGL2: one buffer of positions that never changes, one of colours and sizes, one call a frame.
const VERTEX = `#version 300 es
  in vec2 position;
  in vec4 colour;
  in float size;
  uniform vec2 scale, offset;
  uniform float radius;
  out vec4 ink;
  out float edge;
  void main() {
    gl_Position = vec4(position * scale + offset, 0.0, 1.0);
    float wide = 2.0 * radius * size + 1.0;
    gl_PointSize = wide;
    edge = wide;
    ink = colour;
  }`;
const FRAGMENT = `#version 300 es
  precision mediump float;
  in vec4 ink;
  in float edge;
  out vec4 result;
  void main() {
    // One pixel of the rim is blended with what is below.
    float inside = clamp((0.5 - length(gl_PointCoord - 0.5)) * edge, 0.0, 1.0);
    float alpha = ink.a * inside;
    result = vec4(ink.rgb * alpha, alpha);
  }`;

export class GlPlot {
  // Null where the browser has no WebGL2.
  static on(canvas) {
    const gl = canvas.getContext('webgl2', { alpha: true, antialias: false, premultipliedAlpha: true, powerPreference: 'low-power' });
    if (!gl || gl.isContextLost()) return null;
    try {
      return new GlPlot(canvas, gl);
    } catch {
      return null;
    }
  }

  constructor(canvas, gl) {
    Object.assign(this, { canvas, gl, kind: 'webgl' });
    this.build();
    // A lost context comes back empty.
    canvas.addEventListener('webglcontextlost', event => event.preventDefault());
    canvas.addEventListener('webglcontextrestored', () => {
      this.build();
      if (this.positions) this.setPositions(this.positions);
      if (this.points) this.setPoints(this.points);
      this.onRestored?.();
    });
  }

  build() {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    gl.useProgram(program);
    this.uniforms = Object.fromEntries(['scale', 'offset', 'radius'].map(name => [name, gl.getUniformLocation(program, name)]));
    this.buffers = Object.fromEntries(
      [
        ['position', 2, gl.FLOAT, false],
        ['colour', 4, gl.UNSIGNED_BYTE, true],
        ['size', 1, gl.FLOAT, false],
      ].map(([name, width, type, normalized]) => {
        const buffer = gl.createBuffer(),
          at = gl.getAttribLocation(program, name);
        gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
        gl.enableVertexAttribArray(at);
        gl.vertexAttribPointer(at, width, type, normalized, 0, 0);
        return [name, buffer];
      }),
    );
    this.order = gl.createBuffer();
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.clearColor(0, 0, 0, 0);
  }

  setPositions(positions) {
    this.positions = positions;
    this.fill('position', positions);
  }

  // colours [4 · count] (alpha 0: not drawn), sizes [count], order: which are drawn, the last on top.
  setPoints(points) {
    this.points = points;
    const { gl } = this;
    this.fill('colour', points.colours);
    this.fill('size', points.sizes);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.order);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, points.order, gl.DYNAMIC_DRAW);
  }

  fill(name, data) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
  }

  // radius in CSS pixels.
  draw(view, radius, ratio) {
    const { gl, canvas } = this;
    const [wide, high] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    gl.viewport(0, 0, wide, high);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!this.points) return;
    const [sx, sy] = [(2 * view.scale) / view.width, (-2 * view.scale) / view.height];
    gl.uniform2f(this.uniforms.scale, sx, sy);
    gl.uniform2f(this.uniforms.offset, -view.x * sx, -view.y * sy);
    gl.uniform1f(this.uniforms.radius, radius * ratio);
    gl.drawElements(gl.POINTS, this.points.order.length, gl.UNSIGNED_INT, 0);
  }

  // Waits for the frame to be drawn: for measurements.
  finish() {
    this.gl.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  end() {
    this.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }
}
