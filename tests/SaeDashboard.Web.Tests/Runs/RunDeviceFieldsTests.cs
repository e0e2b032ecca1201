using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>The form's device and number type, as they are rendered.</summary>
public sealed class RunDeviceFieldsTests
{
    private static readonly DeviceInfo[] Both = [DeviceInfo.Cpu, new DeviceInfo("cuda:0", "NVIDIA A10", 24_000_000_000)];

    [Fact]
    public async Task Where_only_the_CPU_is_there_it_is_named_and_nothing_is_to_be_chosen()
    {
        await using var site = Site();
        var fields = Render(site, [DeviceInfo.Cpu], "cpu", "float32");
        Assert.Equal("CPU", fields.Find("output#run-device").TextContent);
        Assert.Equal("The only device on this machine.", fields.Find("#run-device-hint").TextContent);
        Assert.Equal(["float32", "bfloat16"], Offered(fields, "dtype").Select(option => option.Value));
        Assert.Contains("float16 is for GPUs", fields.Find("#run-dtype-hint").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_worker_has_reported_that_is_said()
    {
        await using var site = Site();
        Assert.Contains("has reported no other devices yet", Render(site, [DeviceInfo.Cpu], "cpu", "float32", reported: false).Find("#run-device-hint").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_GPU_is_offered_with_its_name_and_memory_and_has_float16()
    {
        await using var site = Site();
        var fields = Render(site, Both, "cuda:0", "float32");
        Assert.Matches("^cuda:0, NVIDIA A10, 24[.0]* GB$", fields.Find("input#run-device").GetAttribute("value")!);
        Assert.Equal(["cpu", "cuda:0"], Offered(fields, "device").Select(option => option.Value));
        Assert.Contains("float16", Offered(fields, "dtype").Select(option => option.Value));
    }

    [Fact]
    public async Task A_type_that_the_device_does_not_have_stays_to_be_seen_with_what_is_wrong()
    {
        await using var site = Site();
        var fields = Render(site, Both, "cpu", "float16");
        var type = fields.Find("input#run-dtype");
        Assert.Equal(("float16", "true"), (type.GetAttribute("value"), type.GetAttribute("aria-invalid")));
        Assert.Contains("float16", fields.Find("#run-dtype-problem").TextContent, StringComparison.Ordinal);
    }

    private static BunitContext Site()
    {
        var site = new BunitContext();
        site.JSInterop.Mode = JSRuntimeMode.Loose;
        site.Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        return site;
    }

    private static IReadOnlyList<RunOption> Offered(IRenderedComponent<CascadingValue<RunFormEditor>> fields, string id) =>
        fields.FindComponents<RunSelect>().Single(select => select.Find("input").Id == $"run-{id}").Instance.Options;

    private static IRenderedComponent<CascadingValue<RunFormEditor>> Render(BunitContext site, DeviceInfo[] devices, string device, string type, bool reported = true)
    {
        var choices = RunSamples.Choices with { Devices = devices };
        var form = RunForm.Default(choices);
        (form.Device, form.ComputeType) = (device, type);
        // As a kept form is opened: what is wrong with it is shown at once.
        var editor = new RunFormEditor(form, [], choices, new StaticReader(), isKept: true);
        return site.Render<CascadingValue<RunFormEditor>>(parameters => parameters.Add(value => value.Value, editor).AddChildContent<RunDeviceFields>(fields => fields.Add(each => each.Reported, reported)));
    }

    private sealed class StaticReader : IRunFormReader
    {
        public RunFormReading Read(RunForm form, RunChoices choices, long firstStep = 0) => RunFormReader.Read(form, choices, firstStep: firstStep);

        public SweepReading Read(RunForm form, IReadOnlyList<SweepLine> lines, RunChoices choices, long firstStep = 0) => SweepReader.Read(form, lines, choices, firstStep: firstStep);
    }
}
