using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>The form's device and number type, as they are rendered.</summary>
public sealed class RunDeviceFieldsTests
{
    private static readonly DeviceInfo[] Both = [DeviceInfo.Cpu, new DeviceInfo("cuda:0", "NVIDIA A10", 24_000_000_000)];

    [Fact]
    public async Task Where_only_the_CPU_is_there_it_is_named_and_nothing_is_to_be_chosen()
    {
        var html = await RenderAsync([DeviceInfo.Cpu], "cpu", "float32");
        Assert.Contains("<output id=\"run-device\"", html, StringComparison.Ordinal);
        Assert.Contains(">CPU</output>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<select id=\"run-device\"", html, StringComparison.Ordinal);
        Assert.Contains("The only device on this machine.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"float16\"", html, StringComparison.Ordinal);
        Assert.Contains("value=\"bfloat16\"", html, StringComparison.Ordinal);
        Assert.Contains("float16 is for GPUs", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_worker_has_reported_that_is_said() =>
        Assert.Contains("has reported no other devices yet", await RenderAsync([DeviceInfo.Cpu], "cpu", "float32", reported: false), StringComparison.Ordinal);

    [Fact]
    public async Task A_GPU_is_offered_with_its_name_and_memory_and_has_float16()
    {
        var html = await RenderAsync(Both, "cuda:0", "float32");
        Assert.Contains("<select id=\"run-device\"", html, StringComparison.Ordinal);
        Assert.Matches("value=\"cuda:0\" selected[^>]*>cuda:0, NVIDIA A10, 24[.0]* GB<", html);
        Assert.Contains("value=\"float16\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_type_that_the_device_does_not_have_stays_to_be_seen_with_what_is_wrong()
    {
        var html = await RenderAsync(Both, "cpu", "float16", problem: "Float16 is for GPUs.");
        Assert.Matches("value=\"float16\" selected", html);
        Assert.Contains("aria-invalid=\"true\"", html, StringComparison.Ordinal);
        Assert.Contains("class=\"problem\">Float16 is for GPUs.", html, StringComparison.Ordinal);
    }

    private static async Task<string> RenderAsync(DeviceInfo[] devices, string device, string type, bool reported = true, string? problem = null)
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, NullLoggerFactory.Instance);
        var parameters = new Dictionary<string, object?> { ["Devices"] = devices, ["Reported"] = reported, ["Device"] = device, ["Type"] = type, ["TypeProblem"] = problem };
        return await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<RunDeviceFields>(ParameterView.FromDictionary(parameters))).ToHtmlString());
    }
}
