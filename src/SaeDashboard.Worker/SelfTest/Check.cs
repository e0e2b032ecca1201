namespace SaeDashboard.Worker.SelfTest;

/// <summary>One thing to prove.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Unit">Of the error.</param>
/// <param name="Tolerance">The largest error that passes.</param>
/// <param name="Measure">Computes, and gives the error.</param>
internal sealed record Check(string Name, string Unit, double Tolerance, Func<double> Measure)
{
    /// <summary>Runs it. A check that throws has failed, and the next ones are run all the same.</summary>
    public CheckResult Run(string model)
    {
        try
        {
            var error = Measure();
            return double.IsFinite(error)
                ? new CheckResult(model, Name, error, Tolerance, Unit, null)
                : new CheckResult(model, Name, null, Tolerance, Unit, "the result is not finite");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return new CheckResult(model, Name, null, Tolerance, Unit, error.Message);
        }
    }
}
