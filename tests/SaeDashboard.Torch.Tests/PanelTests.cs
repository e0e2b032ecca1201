using SaeDashboard.Torch.Extensions.Panels;
using Xunit;

namespace SaeDashboard.Torch.Tests;

public sealed unsafe class PanelTests
{
    [Theory, InlineData(1, 1), InlineData(3, 5), InlineData(32, 4), InlineData(31, 67), InlineData(30, 256)]
    public void A_panel_holds_each_output_in_a_column_and_zeros_after_the_last(int outputs, int inputs)
    {
        var random = new Random(1);
        var weights = Enumerable.Range(0, outputs * inputs).Select(_ => random.NextSingle() + 1).ToArray();
        var panel = Enumerable.Repeat(float.NaN, inputs * PanelProduct.Width).ToArray();
        fixed (float* from = weights, to = panel) PanelProduct.Pack(from, outputs, inputs, to);
        for (var k = 0; k < inputs; k++)
        {
            for (var output = 0; output < PanelProduct.Width; output++)
                Assert.Equal(output < outputs ? weights[output * inputs + k] : 0, panel[k * PanelProduct.Width + output]);
        }
    }
}
