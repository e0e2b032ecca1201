using System.CommandLine;
using SaeDashboard.MusicGen;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>The two options that say how a model computes, as one verb's.</summary>
internal sealed class ComputeOptions
{
    private readonly Option<string?> typeOption = CommonOptions.DType();
    private readonly Option<string?> deviceOption;

    /// <param name="verb">The verb.</param>
    /// <param name="parts">What of the verb's work stays on the CPU, for the help.</param>
    public ComputeOptions(Command verb, string parts = "")
    {
        deviceOption = CommonOptions.Device(otherwise: parts);
        verb.Options.Add(typeOption);
        verb.Options.Add(deviceOption);
    }

    /// <exception cref="Core.UserException">There is no such device, or it does not compute in this type.</exception>
    public ModelOptions Read(VerbContext context)
    {
        var options = new ModelOptions(ModelOptions.ParseType(context.Get(typeOption)!), ComputeDevice.Parse(context.Get(deviceOption)!));
        options.Require();
        return options;
    }
}
