namespace SaeDashboard.Worker.Benching;

/// <summary>A small model at work.</summary>
/// <param name="RealTime">Seconds of sound for a second of work, sound included: one guided row.</param>
/// <param name="RealTimeThreeArms">The same with three guided rows, each decoded.</param>
/// <param name="FirstAudioMilliseconds">From the request, warm, to the first bytes of sound in the file, two arms.</param>
/// <param name="Step">Steps of one row.</param>
/// <param name="StepThreeArms">Steps of three rows.</param>
internal sealed record DemoFigures(double RealTime, double RealTimeThreeArms, double FirstAudioMilliseconds, StepFigures Step, StepFigures StepThreeArms);
