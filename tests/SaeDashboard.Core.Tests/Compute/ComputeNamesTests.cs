
namespace SaeDashboard.Core.Tests.Compute;

/// <summary>How devices and number types are written, and which go together.</summary>
public sealed class ComputeNamesTests
{
    [Theory]
    [InlineData("cpu", true)]
    [InlineData("auto", true)]
    [InlineData("cuda", true)]
    [InlineData("cuda:12", true)]
    [InlineData("cuda:", false)]
    [InlineData("cuda:-1", false)]
    [InlineData("cuda:1x", false)]
    [InlineData("CPU", false)]
    [InlineData("", false)]
    public void A_device_is_written_one_way(string text, bool valid)
    {
        Assert.Equal(valid, ComputeNames.IsDevice(text));
        if (!valid) Assert.Contains("expected a device", ComputeNames.Problem(text, "float32"), StringComparison.Ordinal);
    }

    [Fact]
    public void One_device_has_one_name()
    {
        Assert.Equal("cuda:0", ComputeNames.Normal("cuda"));
        Assert.Equal(["cpu", "cuda:3"], new[] { "cpu", "cuda:3" }.Select(ComputeNames.Normal));
        Assert.Equal((0, 3), (ComputeNames.GpuIndex("cuda"), ComputeNames.GpuIndex("cuda:3")));
    }

    [Fact]
    public void Float16_is_for_GPUs()
    {
        Assert.Contains("float16 is for GPUs", ComputeNames.Problem("cpu", "float16"), StringComparison.Ordinal);
        Assert.Null(ComputeNames.Problem("cuda:1", "float16"));
        // What auto becomes is not known yet.
        Assert.Null(ComputeNames.Problem("auto", "float16"));
        Assert.Contains("got 'int8'", ComputeNames.Problem("cpu", "int8"), StringComparison.Ordinal);
        Assert.Equal(["float32", "bfloat16"], ComputeNames.TypesOn("cpu"));
        Assert.Equal(ComputeNames.Types, ComputeNames.TypesOn("cuda:0"));
    }
}
