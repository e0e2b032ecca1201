using SaeDashboard.Torch.Extensions;
using SaeDashboard.Torch.Extensions.Panels;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>A product of rows and a <see cref="PanelWeight"/>, panel by panel. Used again and again by one thread.</summary>
internal sealed unsafe class RowProduct : PoolWork
{
    // Below this many bytes of weights, handing out the work costs more than it saves.
    private const long BytesWorthAThread = 128 << 10;

    // What a thread takes at a time.
    private const long BytesOfAPart = 64 << 10;

    [ThreadStatic]
    private static RowProduct? mine;

    private PanelWeight weight = null!;
    private float* x, y;
    private int rows, panelsOfAPart;

    /// <param name="x"><c>[rows, inputs]</c>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="y"><c>[rows, outputs]</c>, written.</param>
    public static void Multiply(float* x, int rows, PanelWeight weight, float* y)
    {
        var product = mine ??= new RowProduct();
        product.x = x;
        product.y = y;
        (product.rows, product.weight) = (rows, weight);
        var isSmall = weight.Bytes * Math.Max(1, rows / 2) < BytesWorthAThread;
        product.panelsOfAPart = isSmall ? weight.Panels : (int)Math.Max(1, BytesOfAPart / weight.PanelBytes);
        WorkerPool.Run(product, (weight.Panels + product.panelsOfAPart - 1) / product.panelsOfAPart);
    }

    protected override void Part(int part)
    {
        var end = Math.Min((part + 1) * panelsOfAPart, this.weight.Panels);
        for (var panel = part * panelsOfAPart; panel < end; panel++) Panel(panel);
    }

    private void Panel(int panel)
    {
        const int width = PanelProduct.Width;
        const int rowsAtOnce = 8;
        var outputs = this.weight.Outputs;
        var columns = Math.Min(width, outputs - panel * width);
        if (columns == width)
        {
            Kernel(panel, this.x, this.rows, this.y + panel * width, outputs);
            return;
        }
        // The filled-up end of the last panel has no place in the result.
        var whole = stackalloc float[rowsAtOnce * width];
        for (var row = 0; row < this.rows; row += rowsAtOnce)
        {
            var count = Math.Min(rowsAtOnce, this.rows - row);
            Kernel(panel, this.x + (long)row * this.weight.Inputs, count, whole, width);
            for (var one = 0; one < count; one++)
                new ReadOnlySpan<float>(whole + one * width, columns).CopyTo(new Span<float>(this.y + (long)(row + one) * outputs + panel * width, columns));
        }
    }

    private void Kernel(int panel, float* from, int count, float* to, int stride) =>
        PanelProduct.Multiply(from, count, this.weight.Inputs, this.weight.Panel(panel), this.weight.IsBrain, this.weight.Inputs, to, stride);
}
